(rule (targets (word) @name) (#not-match? @name "^\\.")) @definition.function
(define_directive name: (word) @name) @definition.macro
(variable_assignment name: (word) @name) @definition.variable

(prerequisites (word) @name) @reference.call
(variable_reference (word) @name) @reference.value
