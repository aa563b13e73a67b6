(procedure name: (_) @name) @definition.function
(namespace (word_list . (simple_word) @_eval . (simple_word) @name (#eq? @_eval "eval"))) @definition.module
(source_file (set (id) @name) @definition.variable)
(command
  name: (simple_word) @_variable
  arguments: (word_list . (simple_word) @name)
  (#eq? @_variable "variable")) @definition.variable

(command name: (simple_word) @name) @reference.call
