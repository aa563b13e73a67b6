(with_clause (_) @path) @import
(use_clause (_) @path) @import
