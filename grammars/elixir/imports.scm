(call
  target: (identifier) @_import
  (arguments . (alias) @path)
  (#any-of? @_import "alias" "import" "use" "require")) @import
(call
  target: (identifier) @_import
  (arguments . (dot left: (alias) @path right: (tuple (alias) @name)))
  (#any-of? @_import "alias" "import" "use" "require")) @import
