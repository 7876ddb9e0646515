"""Amazon Bedrock: any maker's models over Converse and ConverseStream, embeddings over InvokeModel.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. Requests are
signed here (`signatures.py`); botocore only finds the credentials of the environment.
"""
