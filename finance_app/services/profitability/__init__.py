"""Whether work earns money: revenue entries kept with the documents, costs, and the figures of both."""
