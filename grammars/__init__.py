"""The language registry, and one folder of tree-sitter queries per language.

    language = language_for("src/app.py")           # registry
    tree = parse(language, text, old=earlier_tree)  # tree: incremental, with a time limit
    definitions(tree), references(tree), imports(tree)  # outline
    enclosing_definition(tree, offset), block_at(tree, offset)  # cursor
    new_errors(before, after)                       # faults
    parse_isolated(language, text)                  # in a child: files that nobody vouches for

To add a language, add a folder with a `language.toml` (see `registry.Language`) and its queries:
`tags.scm` (`@definition.<kind>` or `@reference.<kind>` with `@name`, and where they apply `@doc`,
`@container` and `@clause`), `imports.scm` (`@import`, `@path`, `@name`), `blocks.scm` (`@block`)
and for parts in other languages `embedded.scm` (`@content`, and `@language` or a setting of that
name). Of two patterns that match a name, the first in the file holds. The tests say what is
missing.
"""
