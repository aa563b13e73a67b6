(command
  (command_name) @_import
  (command_argument) @path
  (#eq? @_import "import")) @import
