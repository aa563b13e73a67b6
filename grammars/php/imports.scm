(namespace_use_declaration (namespace_use_clause [(name) (qualified_name)] @path)) @import
(namespace_use_declaration
  (namespace_name) @path
  body: (namespace_use_group (namespace_use_clause . (_) @name))) @import
[
  (require_expression (string) @path)
  (require_once_expression (string) @path)
  (include_expression (string) @path)
  (include_once_expression (string) @path)
] @import
