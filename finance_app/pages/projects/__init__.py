"""The pages of a project: one a tab."""
