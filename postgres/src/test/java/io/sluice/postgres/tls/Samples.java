package io.sluice.postgres.tls;

/** Keys and certificates as OpenSSL 3.0 writes them; made for this test, used nowhere. */
final class Samples {

    private Samples() {}

    static final String EC_CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBrDCCATKgAwIBAgIUPCHDSjLh0J3r/vdu7NbGGttltjAwCgYIKoZIzj0EAwIw
            DDEKMAgGA1UEAwwBYzAgFw0yNjExMjEwNjU3MjdaGA8yMTI2MTAyODA2NTcyN1ow
            DDEKMAgGA1UEAwwBYzB2MBAGByqGSM49AgEGBSuBBAAiA2IABAkeydcI9vJPwUAm
            LDe52S42MkFswuLnQ5n37k3U2fExQS7EBD2d0+sF+2ou1YRLIFkazgx8A2f7FXhi
            qVNeCIVgqJcS4G8zhz19W5YJyADWzIFmDz324mgmfaS2lpm3sKNTMFEwHQYDVR0O
            BBYEFNhWKrepXOK8rVQ5UkXhVk/Aq3VeMB8GA1UdIwQYMBaAFNhWKrepXOK8rVQ5
            UkXhVk/Aq3VeMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDaAAwZQIwYCbe
            1Qll/8YGk1owZlQQf7RgKpKDM39zgRQuLIbytLScquYzH3Tti8l8d92rbCj1AjEA
            p8VvAMZ0CSTNEmXR8Ac+RSMFUJs0v7/p/62yr7gjGT7KhZvzDWdVTCgTPnWY+w/l
            -----END CERTIFICATE-----
            """;

    static final String EC_KEY = """
            -----BEGIN EC PARAMETERS-----
            BgUrgQQAIg==
            -----END EC PARAMETERS-----
            -----BEGIN EC PRIVATE KEY-----
            MIGkAgEBBDB3GkCRUzthY81nknZ7A9KvoqNs6zNj7a6EbzTE0pmef84jhUejENnD
            JPTTiIrKs+qgBwYFK4EEACKhZANiAAQJHsnXCPbyT8FAJiw3udkuNjJBbMLi50OZ
            9+5N1NnxMUEuxAQ9ndPrBftqLtWESyBZGs4MfANn+xV4YqlTXgiFYKiXEuBvM4c9
            fVuWCcgA1syBZg899uJoJn2ktpaZt7A=
            -----END EC PRIVATE KEY-----
            """;

    static final String RSA_CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIC+zCCAeOgAwIBAgIUPEaPWKLqd63sxh8tag0zosD02sUwDQYJKoZIhvcNAQEL
            BQAwDDEKMAgGA1UEAwwBYzAgFw0yNjExMjEwNjU3MjhaGA8yMTI2MTAyODA2NTcy
            OFowDDEKMAgGA1UEAwwBYzCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEB
            AJ6S9VUQOIuFaoXuJQ1DR+4s/HPq8cChR+Lz/qmKbsci89ZycXvTazlCqQuXXzQ/
            NfvA4Cj59uZlXMZ4I7IMRWq+wQUhLdOOot0wSXCZ6lnlw2K3nVyGLj2d2bo/z5EE
            bt4aWpgIwe2yGgaCzJshH+t7Pqibn+LtmKMl90g9EFCFbXBtKYBF/cPXiznI2Qe4
            0ua+Z6Fs4LtxLlN9vzpxdsklEd5m7aks9X7R9W2o9t1d3y3VWzz48BGLWD0Qrf82
            CLba1KskZhHJPa5+XtGqLGyU/13MEVFn/1dWPXzRj0zAgqzHTHKNbTDNs4yj5aZG
            2rpYMN3/q0pvt4Yn4mzTtPECAwEAAaNTMFEwHQYDVR0OBBYEFNEsW4r2ChdQ+stB
            lCRcpO5XN1H+MB8GA1UdIwQYMBaAFNEsW4r2ChdQ+stBlCRcpO5XN1H+MA8GA1Ud
            EwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAH3dffUWT00dTNA6hb0AG1vz
            02vTCFXxWdORae6IaTjqxxfbHEgu5k+M8jU0qAp4bT+kDL4JjpiWTrO1hnJpuLpl
            v5YV1IlkveP0MyLhrI6IydC5PtktTEE9WZ9JmmcvkVARiqubdslGq+v1z0Hc2usA
            f9NUmoEyeM6nDpdUhOrGTzrPQCxQJfzVGCEzKiQJRH6gf5cfDtI1wYa3OfHCJTKs
            6FzIAWKEyXa2qLsCYHTRqOehE2tgAtR4LU3duNr81sO9P7SLdpT22WkuOvs3yDNi
            3dIAYoultnxd+UvPZqhWKkJwadn4zWJNojjWqYroUSbbRBWaR8AyRpX4WINNryg=
            -----END CERTIFICATE-----
            """;

    static final String RSA_KEY = """
            -----BEGIN RSA PRIVATE KEY-----
            MIIEowIBAAKCAQEAnpL1VRA4i4Vqhe4lDUNH7iz8c+rxwKFH4vP+qYpuxyLz1nJx
            e9NrOUKpC5dfND81+8DgKPn25mVcxngjsgxFar7BBSEt046i3TBJcJnqWeXDYred
            XIYuPZ3Zuj/PkQRu3hpamAjB7bIaBoLMmyEf63s+qJuf4u2YoyX3SD0QUIVtcG0p
            gEX9w9eLOcjZB7jS5r5noWzgu3EuU32/OnF2ySUR3mbtqSz1ftH1baj23V3fLdVb
            PPjwEYtYPRCt/zYIttrUqyRmEck9rn5e0aosbJT/XcwRUWf/V1Y9fNGPTMCCrMdM
            co1tMM2zjKPlpkbaulgw3f+rSm+3hifibNO08QIDAQABAoIBACM4509+q+CpwNCA
            5i/8+tQ3n9ernwk3ib0qjy1fd126MMk4YGatvkpYuS2+8MGtLLN/0wqnAyWH7ESV
            WPBqc1zThBI8nW45Z4mT+SwOtBRFydF6kXSExW6gSkVpeRRwFKQ23Fqaz2CZx9gc
            Y5AtmmZ22KMg9jG0rsvGWhfsoFwR/TaYolnWUvSlPzkaKL+jmOpbvQrTzzMhRQ9h
            zUGfjk4vOBJVzSlIb3DUJIijAAcbHLInPe+6qRnoQO/wBw+gmgNFVii+Bu35CLZ5
            SbsT7JXwLIanV8q7KJkvquNveoCy9LsX3gTV+JySZCMrb6rixU3uWI4qCPq1B8UW
            ExYuB7ECgYEA26vBN94CcBIQR+LnakPfCQqWIIAn682/4sbv8P9tNe3RRlhwoinG
            fFakLFD7NxvbYjnYp6w54RUn9JZJ+1jUDGszzXO8E8H89kI3D2ySu9/FAtTfxcGA
            xrg0tnA/cnM5TMhl5eO1U+Wb1NfaIpAZvIEugck+FOpRSfDuyJnCtjUCgYEAuMyJ
            CVlgHesI8wANNPsZmTfAY9sIh9flK6vyi3dpDss6FGhd9LWFBmvE8uZ8mhoxlAVz
            flm+iLBbh/IZCSTnFUCaLs0dPCK+QDip29Sg2GXmFX4TIohXkpXyRcSVqomObkoo
            b/1EXkGyw14dMW7xX/uVKUcKuahYNRgwZIsIK00CgYEAqF4Jdz+DUNCXh/Gi+3DP
            5wclL/3qGzMU6sUdrPKpixcfOrKYicJJLo3dwVXEZmXEjZHWvBUmO51ShYYXaD2a
            MXaNOuCE/APIVhtERl8qTDNjthrg9JqukCEpzddU2ez0syQ57azNE2O+P7G9sJYQ
            E8pTkghju/Yoneq7qicn9S0CgYBhvRwFa9XgPP0guLhDe0MQvGHu7lvWrSMyM+E2
            TlOsVWREguaelJrkyH8EEU95mbz7Et8Axqp1VQE0J6GCKphlryNc+XMq6R1CjjWY
            ZR8lFM/aMjIgo4fdqZzXtZ+K8PH59xLoGEXerFTF67L5ADp9j2xWxpIvm4/7lO2T
            X81USQKBgC7MDWhluu4ul0Zs/B76S/1s36jn+CcZ5dA+rHrVGr2UGN4ngD1s0pUH
            iV80CoPvpAzdmNz9cCAXQG1ycQ80I1bL9l5T2wjh0CV3NMM9gmFB9aDFbEt67Dwj
            NQqrrQkbHeBr2/ul0JfO2kxYRX2kwKNnItIObO0/wNgISKPV25tE
            -----END RSA PRIVATE KEY-----
            """;

    static final String RSA_KEY_ENCRYPTED = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIQhZIn6rcNTsCAggA
            MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBCKHtTT6OHVyOqIsVa3ECz/BIIE
            0JOqnO+CBygXSouOHJzmJd/4Yaro/5N4dXU+qRRgxe+/Q9wnD8IsDj1O8O0vcGWT
            qNjb/k4Q0WEfo7H0uwHn8hKE8qHiAeaMRh5Efszyw0m8PQ8KeYB8K/6R7FDs59Lz
            B/ioWzgv/ZrrowULOlSD2xMkwXSP/QIKHpvlyFGXkLbHXGxcIHjcWtHbw+N6muYY
            Ch7pHi4p8wLkjmdJlI3pe2GW0X/+/ZB2eO5DaYVIHIb7svkgSl1S9/41+xjvSNyf
            hSZqEDpnjvtpt/wBRI/GBf8l7f34tR3uMQtJWxCQsT0l1EO1ESK8is0h7aYghx8h
            Ldgn5gJO5w9UTCZrF9IZ3hehsLNHWZsUwq3CcmElFVTZ5/XqqKZsyJLQmgp0+faa
            W74KKudA2sfolYDlXGKh4TgfYbK3ux6Q1skRRsZj5Ut687a6Xl23cHWahW3tD1aW
            7tCNMZcAaCRIEAsxJ9T1hz7QM5ADwB9a0nbVlUl0/1xScirkNmB43LyIi00F2hKj
            VJ3+/yPGhjyQJldhcg+bFW9SXqZG6l3LRJC7cmGxOhILqP6R8kje7sADGjk6o78U
            E5h1GfivGRK2z5Wg2QngC/MmAAyuNo3eAiHaRStFcavMorSbjNPkgzUB2CWozmIG
            TaZJ3lSAE5pnxmuR9g/GWeiLKlZ51tiG8ECLj6v2tImYhbtfLpvC5dO5KG9zX4PO
            7aUOOW6HD3hYQzO2ahmVo+AB3b/fKLVhU6LLCrlC8Tx2hbrI68SCwKePCqV24gDZ
            IlXWzwkPi2bOUpw3GrJpWm8fFZfPhGf7sC/GowOz8d0J6W+MINAgDP9IKC/9NaTV
            12sVYFdAeDQ7U8va2CEJorCN+ZZoSebhCCXJI4csrflYaojQQC0AadplsvW71rAY
            GwiHoPptFEDE5QGGlLPjTpOnUgOBNPQTb/HwKRGWeFrgffqipurk+BSPtXQth7fy
            1uU7pJ4nAD2K5F6HhiKSWlQ6c40CLd+iG01Di9s7KBNSTX86YLWbgb97B1g0agcq
            7BbeFgAg5Qr9f+MQzSEbPI6qKLo85ghCNoFBj+l/8cDjyVxeD+uFRdN5gG7LwN7s
            CZkfo4fmYunYzXAxbmlQgUU4gqQJPJ8X5DFo+TTck1hmRvAOVXohb/a47pzdRehd
            84vd4Gxj8ztvpBGtkPbeuR9FMGpbEX+peYwRg9V9VlsE8VoRW4X10AUg2SLyfsMG
            jNelj8rvAOj4RCW8ltptbK7d1oI4y2JIBWj7QPb1+bT+7ZoG5UktHlYTqjx2NxSG
            jjTjQbRj3Y+QeQ788zAZU/PLfP3E2vANIo4kTFMaey/z7+iTlH8H7m+uy7MT1ZGA
            KWjw50IdEKT+cZJUJjgjlsPebmf/iHzv52+arbuk/iatocOd/4S1+bUZt97orxCF
            1+6xVcOxyylyirEd1pe8qSWppixVAKBL3mIrAsb2joGgXwzSUDwPpLUZ2cz8zPhJ
            6NSzRR1Gqi8DMlZsa0xyGyaNftv7/5zsTobJfenWySY7DtiqV+WCb5B0AgO4mpzP
            M94EaOXe2k58l9zgG+4lC73ojQWNwb0ZcRNlV83CWaLwQrDf7DXX/xer2DoVDMsz
            PNmS1KiCHbeP5s4FPaCiBSgF5CJequnPT1BMo0O+NVgc
            -----END ENCRYPTED PRIVATE KEY-----
            """;
}
