# Does nginx complete a TLS handshake for the first hostname that it serves?
name=$(sed -n 's/^[[:space:]]*server_name[[:space:]]*\([^ ;_]*\).*/\1/p' /tmp/servers.conf | grep -v '^$' | head -n 1)
openssl s_client -connect 127.0.0.1:8443 -servername "$name" </dev/null >/dev/null 2>&1
