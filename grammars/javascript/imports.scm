(import_statement source: (string) @path) @import
(import_statement
  (import_clause (named_imports (import_specifier name: (_) @name)))
  source: (string) @path) @import
(export_statement source: (string) @path) @import
(call_expression
  function: [(identifier) @_function (import)]
  arguments: (arguments . (string) @path .)
  (#any-of? @_function "require" "import")) @import
(call_expression function: (import) arguments: (arguments . (string) @path)) @import
