(list . (symbol) @_import (list) @path (#any-of? @_import "import" "use-modules")) @import
(list . (symbol) @_load . (string) @path (#any-of? @_load "load" "include")) @import
