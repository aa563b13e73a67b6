(list . (symbol) @_require . (string) @path (#any-of? @_require "require" "include" "import-macros")) @import
