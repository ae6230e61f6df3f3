"""Documents on their way: recipients, texts, e-mails, links, and what became of them."""
