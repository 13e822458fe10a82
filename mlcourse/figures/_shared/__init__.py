"""What figures share: Axes, text, titles, legends, the style, and files."""
