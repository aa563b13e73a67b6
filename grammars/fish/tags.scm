(function_definition name: (_) @name) @definition.function
(program (command
  name: (word) @_set
  argument: (word) @name
  (#eq? @_set "set")
  (#match? @name "^[A-Za-z_]")) @definition.variable)

(command name: (word) @name) @reference.call
