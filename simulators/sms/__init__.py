"""The SMS gateway (短信网关): answers as Aliyun's Dysmsapi does."""
