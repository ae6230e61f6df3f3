"""Who somebody is: accounts, log-ins and their sessions, second factors, profiles of rights."""
