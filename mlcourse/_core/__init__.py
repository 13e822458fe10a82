"""What the other packages share, and no user imports: checks, files, tables, progress bars."""
