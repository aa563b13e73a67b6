(function_def (function_command (argument_list . (argument) @name))) @definition.function
(macro_def (macro_command (argument_list . (argument) @name))) @definition.macro
(normal_command
  (identifier) @_set
  (argument_list . (argument) @name)
  (#match? @_set "(?i)^(set|option)$")) @definition.variable
(normal_command
  (identifier) @_add
  (argument_list . (argument) @name)
  (#match? @_add "(?i)^add_(executable|library|custom_target)$")) @definition.module

(normal_command (identifier) @name) @reference.call
