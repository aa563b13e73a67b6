(import (string) @path) @import
(importstr (string) @path) @import
