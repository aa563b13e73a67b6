(import path: (string) @path) @import
