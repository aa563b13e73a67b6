(source_file (operatorunit . (identifier) @name) @definition.variable)
(normal_command
  command: (identifier) @_target
  . (variableunit (string) @name)
  (#any-of? @_target "executable" "library" "shared_library" "static_library" "custom_target")) @definition.module

(normal_command command: (identifier) @name) @reference.call
