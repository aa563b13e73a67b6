(class name: (_) @name) @definition.class
(module name: (_) @name) @definition.module
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant
(call
  method: (identifier) @_method
  arguments: (argument_list (simple_symbol) @name)
  (#match? @_method "^(attr_(reader|writer|accessor)|define_method)$")) @definition.field
(alias name: (_) @name) @definition.method

(call method: (_) @name) @reference.call
(superclass (constant) @name) @reference.type
(superclass (scope_resolution name: (constant) @name)) @reference.type
(scope_resolution name: (constant) @name) @reference.type
(call receiver: (constant) @name) @reference.type
; A word on its own is a call where no variable has its name.
(body_statement (identifier) @name) @reference.call
