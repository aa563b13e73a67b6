(use_declaration argument: [(identifier) (scoped_identifier) (use_wildcard)] @path) @import
(use_declaration argument: (use_as_clause path: (_) @path)) @import
(use_declaration argument: (scoped_use_list
  path: (_) @path
  list: (use_list [
    (identifier) @name
    (scoped_identifier name: (identifier) @name)
    (use_as_clause path: (_) @name)
    (self) @name
  ]))) @import
(use_declaration argument: (scoped_use_list path: (_) @path)) @import
(extern_crate_declaration name: (identifier) @path) @import
(mod_item name: (identifier) @path !body) @import
