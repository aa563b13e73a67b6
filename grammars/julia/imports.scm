(using_statement [(identifier) (import_path)] @path) @import
(import_statement [(identifier) (import_path)] @path) @import
(using_statement (selected_import . (_) @path . (_)+ @name)) @import
(import_statement (selected_import . (_) @path . (_)+ @name)) @import
(call_expression
  . (identifier) @_include
  (argument_list . (string_literal) @path)
  (#eq? @_include "include")) @import
