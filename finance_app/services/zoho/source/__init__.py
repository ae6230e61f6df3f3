"""Zoho Projects as a source: setting it up (`setup`, `trial`), its runs (`running`), and what each record
becomes here (`taking`). A worker (`jobs/zoho/source`) reads page by page; what fails is in the error summary
of the sync. `docs/zoho.md` says what comes over and which side wins."""
