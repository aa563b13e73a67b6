(imports_statement namespace: (_) @path) @import
