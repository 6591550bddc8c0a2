{{/* gale.image (list . "gale-agent") */}}
{{- define "gale.image" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.image.repository }}{{ trimSuffix "/" . }}/{{ end -}}
{{ index . 1 }}:{{ default $root.Chart.AppVersion $root.Values.image.tag }}
{{- end -}}
