"""The worker of the sync with Zoho: it takes records out of the outbox and brings them there, and fetches
what was changed there. What should be where is decided in `services/zoho/sync`."""
