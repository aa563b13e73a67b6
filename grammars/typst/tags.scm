(let pattern: (call item: (ident) @name)) @definition.function
(let pattern: (ident) @name) @definition.variable
(section (heading (text) @name)) @definition.section
(label) @name @definition.constant

(call item: (ident) @name) @reference.call
(ref) @name @reference.value
