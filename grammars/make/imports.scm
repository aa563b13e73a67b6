(include_directive filenames: (list (word) @path)) @import
