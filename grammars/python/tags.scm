; A decorator belongs to what it decorates.
(decorated_definition definition: (class_definition
  name: (identifier) @name
  body: (block . (string)? @doc))) @definition.class
(decorated_definition definition: (function_definition
  name: (identifier) @name
  body: (block . (string)? @doc))) @definition.function
(class_definition
  name: (identifier) @name
  body: (block . (string)? @doc)) @definition.class
(function_definition
  name: (identifier) @name
  body: (block . (string)? @doc)) @definition.function
(type_alias_statement left: (type (identifier) @name)) @definition.type
(module (assignment left: (identifier) @name) @definition.constant
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))
(module (assignment left: (identifier) @name) @definition.variable)
(class_definition body: (block (assignment left: (identifier) @name) @definition.field))

(call function: (identifier) @name) @reference.call
(call function: (attribute attribute: (identifier) @name)) @reference.call
(decorator (identifier) @name) @reference.call
(decorator (attribute attribute: (identifier) @name)) @reference.call
(class_definition superclasses: (argument_list (identifier) @name) @reference.type)
(class_definition superclasses: (argument_list (attribute attribute: (identifier) @name)) @reference.type)
(type (identifier) @name) @reference.type
(type (generic_type (identifier) @name)) @reference.type
(type (attribute attribute: (identifier) @name)) @reference.type
