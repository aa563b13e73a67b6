(data_type name: (name) @name) @definition.type
(newtype name: (name) @name) @definition.type
(type_synomym name: (name) @name) @definition.type
(class name: (name) @name) @definition.interface
(data_constructor constructor: (_ name: (constructor) @name)) @definition.constant
(field name: (field_name (variable) @name)) @definition.field
(class_declarations (signature name: (variable) @name) @definition.method)
(instance
  patterns: (type_patterns . (name) @container)
  declarations: (instance_declarations (function name: (variable) @name) @definition.method @clause))
; A signature and the equations under it are one function.
(declarations (signature name: (variable) @name) @definition.function @clause)
(declarations (function name: (variable) @name) @definition.function @clause)
(declarations (bind name: (variable) @name) @definition.function @clause)
(local_binds (function name: (variable) @name) @definition.function @clause)

(apply function: (variable) @name) @reference.call
(apply function: (qualified id: (variable) @name)) @reference.call
(apply function: (constructor) @name) @reference.call
(infix left_operand: (variable) @name) @reference.value
(infix right_operand: (variable) @name) @reference.value
(instance name: (name) @name) @reference.type
(name) @name @reference.type
