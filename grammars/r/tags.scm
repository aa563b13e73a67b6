(binary_operator
  lhs: [(identifier) (string)] @name
  operator: ["<-" "=" "<<-"]
  rhs: (function_definition)) @definition.function
(binary_operator
  lhs: (function_definition)
  operator: "->"
  rhs: (identifier) @name) @definition.function
(program (binary_operator
  lhs: (identifier) @name
  operator: ["<-" "=" "<<-"]) @definition.variable)
(call
  function: (identifier) @_define
  arguments: (arguments . argument: (argument value: (string) @name))
  (#any-of? @_define "setClass" "setRefClass" "R6Class")) @definition.class
(call
  function: (identifier) @_define
  arguments: (arguments . argument: (argument value: (string) @name))
  (#any-of? @_define "setGeneric" "setMethod")) @definition.method

(call function: (identifier) @name) @reference.call
(call function: (namespace_operator rhs: (identifier) @name)) @reference.call
(call function: (extract_operator rhs: (identifier) @name)) @reference.call
