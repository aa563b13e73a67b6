"""The language registry, and one folder of tree-sitter queries per language."""
