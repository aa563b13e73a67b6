(entry key: (_) @name) @definition.section
(string name: (identifier) @name) @definition.constant
(field name: (identifier) @name) @definition.field

(token (identifier) @name) @reference.value
