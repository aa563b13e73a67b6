(function_definition name: (identifier) @name) @definition.function
(class_definition name: (identifier) @name) @definition.class
(property name: (identifier) @name) @definition.field

(function_call name: (identifier) @name) @reference.call
