"""Projects: the directory, their members, milestones, figures and finances."""
