"""What the tests run against: real databases, a mail server, Redis, the served app and a browser."""
