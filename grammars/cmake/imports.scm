(normal_command
  (identifier) @_include
  (argument_list . (argument) @path)
  (#match? @_include "(?i)^(include|find_package|add_subdirectory)$")) @import
