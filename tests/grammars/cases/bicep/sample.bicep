param size int = 1
var name = 'shapes'

// A store.
resource store 'Microsoft.Storage/storageAccounts@2021-02-01' = {
  name: toLower(name)
  sku: {
    name: 'Standard'‸
  }
}

module network './network.bicep' = {
  name: 'network'
}

output id string = store.id
