(normal_command
  command: (identifier) @_import
  . (variableunit (string) @path)
  (#any-of? @_import "subdir" "import" "dependency")) @import
