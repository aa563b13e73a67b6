(rule (rule_head . (var) @name (rule_args))) @definition.function @clause
(rule (rule_head . (var) @name)) @definition.function @clause
(module (package) . (ref) @name) @definition.module

(expr_call func_name: (fn_name (var) @name .)) @reference.call
