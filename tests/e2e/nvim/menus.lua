-- Completion menus that take <Tab> as nvim-cmp's `keymap.listen` and blink.cmp's `keymap.apply` do;
-- there is no package of either to test with.

local open = false

local function choose()
  vim.api.nvim_paste('chosen', true, -1)
end

local function when_insert_mode_begins(map)
  vim.api.nvim_create_autocmd('InsertEnter', {
    callback = function()
      local mapping = vim.fn.maparg('<Tab>', 'i', false, true)
      if mapping.desc ~= 'menu' then
        map(mapping)
      end
    end,
  })
end

local M = {}

function M.open(now)
  open = now
end

--- Maps the key for all buffers, and falls back to what was there.
function M.cmp()
  package.loaded.cmp = {
    visible = function()
      return open
    end,
  }
  when_insert_mode_begins(function(former)
    vim.keymap.set('i', '<Tab>', function()
      if open then
        choose()
      elseif former.callback then
        former.callback()
      else
        vim.api.nvim_feedkeys(vim.keycode(former.rhs), 'in', false)
      end
    end, { desc = 'menu' })
  end)
end

--- Maps the key in each buffer, and falls back to the mapping for all buffers that was there.
function M.blink()
  package.loaded['blink.cmp'] = {
    is_menu_visible = function()
      return open
    end,
  }
  when_insert_mode_begins(function(former)
    local function press()
      if open then
        vim.schedule(choose)
      elseif former.callback and former.expr == 1 then
        return former.callback()
      elseif former.callback then
        vim.schedule(former.callback)
      else
        return vim.keycode(former.rhs)
      end
      return ''
    end
    local options = { buffer = true, expr = true, replace_keycodes = false, desc = 'menu' }
    vim.keymap.set('i', '<Tab>', press, options)
  end)
end

return M
