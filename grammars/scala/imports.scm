(import_declaration
  path: _+ @path
  [
    (namespace_selectors [
      (identifier) @name
      (arrow_renamed_identifier name: (identifier) @name)
      (as_renamed_identifier name: (identifier) @name)
    ])
    (namespace_wildcard)
  ]?) @import
