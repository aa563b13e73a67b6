(block
  (identifier) @_module
  (body (attribute
    (identifier) @_source
    (expression (literal_value (string_lit (template_literal) @path)))))
  (#eq? @_module "module")
  (#eq? @_source "source")) @import
