(list_lit
  . value: (kwd_lit name: (kwd_name) @_require)
  value: (vec_lit . value: (sym_lit) @path) @import
  (#any-of? @_require "require" "use" "require-macros"))
(list_lit
  . value: (kwd_lit name: (kwd_name) @_require)
  value: (vec_lit
    . value: (sym_lit) @path
    value: (kwd_lit name: (kwd_name) @_refer)
    . value: (vec_lit value: (sym_lit) @name)) @import
  (#eq? @_require "require")
  (#eq? @_refer "refer"))
(list_lit
  . value: (kwd_lit name: (kwd_name) @_import)
  value: (list_lit . value: (sym_lit) @path value: (sym_lit) @name) @import
  (#eq? @_import "import"))
