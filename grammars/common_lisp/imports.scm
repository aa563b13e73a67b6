(list_lit
  . value: (package_lit symbol: (sym_lit) @_load)
  . value: (_) @path
  (#eq? @_load "quickload")) @import
(list_lit
  . value: (sym_lit) @_load
  . value: (_) @path
  (#any-of? @_load "require" "load" "use-package" "in-package")) @import
