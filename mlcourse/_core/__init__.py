"""Internal helpers of the package: argument checks, atomic files, tables, progress bars."""
