"""Sphinx configuration of the site; `build.py` collects the sources."""

import mlcourse

project = html_title = "mlcourse"
author = "the mlcourse contributors"
copyright = author
version = release = mlcourse.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["extra"]

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_extra_path = ["extra"]
html_copy_source = html_show_sphinx = False

nb_execution_mode = "off"  # the lectures are already executed
nb_merge_streams = True
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

default_role = "code"  # for `names` in docstrings
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
napoleon_custom_sections = [("Attributes", "params_style")]
