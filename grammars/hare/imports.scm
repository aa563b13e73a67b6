(use_statement (_) @path) @import
