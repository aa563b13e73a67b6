--- What linters, compilers and other servers say of a buffer, for a server that repairs it.

local M = {}

--- The diagnostics that touch some lines (0-based).
---@param buf integer
---@param first integer
---@param last integer
---@param encoding string of the positions, for they may come from a server with another
---@return lsp.Diagnostic[]
function M.of_lines(buf, first, last, encoding)
  local function position(row, col)
    local line = vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ''
    return { line = row, character = vim.str_utfindex(line, encoding, col, false) }
  end
  local there = vim.tbl_filter(function(diagnostic)
    return diagnostic.lnum <= last and diagnostic.end_lnum >= first
  end, vim.diagnostic.get(buf))
  return vim.tbl_map(function(diagnostic)
    return {
      range = {
        start = position(diagnostic.lnum, diagnostic.col),
        ['end'] = position(diagnostic.end_lnum, diagnostic.end_col),
      },
      severity = diagnostic.severity,
      code = diagnostic.code,
      source = diagnostic.source,
      message = diagnostic.message,
    }
  end, there)
end

--- Have Neovim ask a server for code actions with the diagnostics of all others; it sends each
--- server its own only.
---@param client vim.lsp.Client
function M.share(client)
  local request = client.request
  client.request = function(self, method, params, ...)
    if method == 'textDocument/codeAction' then
      local buf = vim.uri_to_bufnr(params.textDocument.uri)
      local first, last = params.range.start.line, params.range['end'].line
      local found = M.of_lines(buf, first, last, client.offset_encoding)
      params.context = vim.tbl_extend('force', params.context, { diagnostics = found })
    end
    return request(self, method, params, ...)
  end
end

return M
