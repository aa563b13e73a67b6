(mixin_statement name: (identifier) @name) @definition.macro
(function_statement name: (identifier) @name) @definition.function
(placeholder) @name @definition.class
(stylesheet (declaration (property_name) @name) @definition.variable (#match? @name "^\\$"))
(rule_set (selectors) @name) @definition.section
(class_selector (class_name) @name) @definition.class
(id_selector (id_name) @name) @definition.class
(keyframes_statement (keyframes_name) @name) @definition.function
(declaration (property_name) @name (#match? @name "^--")) @definition.variable

(include_statement (identifier) @name) @reference.macro
(variable) @name @reference.value
(call_expression (function_name) @name) @reference.call
