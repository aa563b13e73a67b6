[
  (proc_declaration) (func_declaration) (method_declaration) (template_declaration)
  (macro_declaration) (iterator_declaration) (type_declaration) (if) (when) (case) (for) (while)
  (try) (block)
] @block
