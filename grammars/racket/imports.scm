(extension (lang_name) @path) @import
(list . (symbol) @_require [(symbol) (string)] @path (#eq? @_require "require")) @import
(list . (symbol) @_require
  (list . (symbol) @_form . [(symbol) (string)] @path . (symbol)+ @name)
  (#eq? @_require "require")
  (#eq? @_form "only-in")) @import
